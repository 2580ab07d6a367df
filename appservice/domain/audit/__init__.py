"""The audit record: what was done, when and by whom, without a word of content, in a chain that shows every edit."""
