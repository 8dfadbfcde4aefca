"""Who grades a class: worker processes on this machine, or a cluster."""
