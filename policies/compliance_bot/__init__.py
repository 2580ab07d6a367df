"""The auditors' bot: reads the audit record, answers auditors in their encrypted room, and raises alarms there.

It has an account, a device, a process and, on PostgreSQL, a database role of its own that can only read the record. It
is in no other room. Who keeps what it posts, checkpoints above all, can prove later that the record was edited.
"""
