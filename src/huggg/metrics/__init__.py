"""Metrics: the counters and distributions of a server's processes, as Prometheus reads them."""
