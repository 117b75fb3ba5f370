"""The schema's history: each revision plain SQL beside a few lines that alembic reads."""
