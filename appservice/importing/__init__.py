"""Readers of the official files of stations and associations, which an operator downloads and names.

Each reads its file as a stream, and gives units and what it noticed; a file that is not what it should be gives
`InvalidInput` and no unit at all.
"""
