"""What a failure means: the circuit breaker of the run, when a row is tried again, how many retries there may be."""
