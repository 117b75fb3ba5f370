"""PostgreSQL: the pool, the embedded server, the migrations, and the doctor.

Row locks, unique constraints and atomic commit protect the money, so there is one dialect, no mock, and
no server with durability switched off.
"""
