"""The guest portal: one page, one URL, and a narrow relay. It keeps no state and holds no privileged token."""
