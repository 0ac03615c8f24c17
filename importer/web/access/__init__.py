"""Who may use the page, from where, and who did what there: accounts, sessions, the origin of requests, the trail."""
