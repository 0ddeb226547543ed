"""The cluster itself: jobs and their states, time, the journal, and what each version does.

Nothing here knows a socket, a thread, HTTP or pytest; every behaviour can be tested as a plain function call. Whoever
calls in holds the cluster's lock.
"""
