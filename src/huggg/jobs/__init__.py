"""Jobs: work that is due and not done, one row a job in one queue, done by any worker.

A job has a kind and a subject, and there is one of a kind about a subject at a time. It is enqueued by
the statement that makes the change, as a row like any other: both are there, or neither is. A worker
leases a job before it works; a worker that dies leaves a lease that ends. A job that fails is due again
later, and a job that failed too often is a dead letter, which an operator retries or drops.
"""
