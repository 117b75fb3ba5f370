"""The front page: it tells a visitor what this server is, and where its doors are."""
