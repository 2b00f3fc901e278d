"""What the viewer of a report shows: small copies of the maps, which the page's script unpacks."""
