"""One file a board. A board reads as a list of what it shows."""
