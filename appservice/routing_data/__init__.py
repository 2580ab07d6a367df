"""The territory that the project carries, and the files that an operator imports beside it; see README.md here."""
