"""What tests share: real parts as fixtures, values, oracles."""
