"""One stateful fake a port, held to the same contract tests as the real adapter."""
