"""What a board's author needs: panels, layout, variables, links, units, thresholds."""
