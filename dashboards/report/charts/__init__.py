"""Pictures of panels as SVG. Needs matplotlib."""
