"""PostgreSQL: the pool, the embedded server, the migrations, and the doctor.

Row locks, unique constraints and atomic commit are what money rests on here, so there is one dialect,
no mock, and no server with durability switched off.
"""
