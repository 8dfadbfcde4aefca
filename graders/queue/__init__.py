"""What students upload, and the queue in which it waits: kept in the database, so that a kill loses nothing.

rules       what an assignment says of uploads: limits, and when students see hidden checks
examine     what is wrong with a file, said before it is taken
attempts    uploads as they were received, each with a receipt
order       who is next: quick before slow, newest first, fair by student
jobs        claimed, kept alive and finished, once each
stages      a worker's tool: public checks first, then all, then on a GPU
crew        works through the queue with worker processes
standing    where everybody's attempts stand, and for how long they will wait
showing     what a student sees of a report of their own
examiner    processes alongside the server that read what students wrote
events      what happens, written down without names and answers
removal     a student's data, deleted
"""
