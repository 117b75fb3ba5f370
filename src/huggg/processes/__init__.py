"""The processes of a server: how workers are supervised and replaced, drain, end, and log why."""
