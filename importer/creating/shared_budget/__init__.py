"""How the workers of a run on many machines look like one client: budget, pace and outage that they share."""
