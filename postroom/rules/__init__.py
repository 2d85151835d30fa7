"""What a desk wants: facts in, decision out. Pure: no Django, no I/O, no clock."""
