"""What must hold on a bad day, made to happen for real.

The rule behind all of it: after any fault, once things are back, every client's path equals the
server's without a reload; no step is lost, doubled or changed; nobody saw what they may not see.
`register.py` says which test makes which fault happen.
"""
