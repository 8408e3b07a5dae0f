"""What figures share: type and colours, sheets, panels, tables of colours, and what they read."""
