"""The front page: it shows a visitor the purpose of this server, and the addresses of its pages."""
