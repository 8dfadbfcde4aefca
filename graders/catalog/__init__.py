"""Which assignments a course has, and all that belongs to one."""
