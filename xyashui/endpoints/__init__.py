"""What a service offers besides chat, one file each.

A file makes `Operation`s, reads their results, and gives `Client` and `AsyncClient` the methods
that its users type: a class of calls for each, which the two inherit.
"""
