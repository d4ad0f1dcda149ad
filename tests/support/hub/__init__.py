"""What the real hub of the tests is made of."""
