"""The marking pages: rendered on a server, of use without JavaScript, safe against what students wrote.

desk         what every page works on: a class, its answers in groups, what has been decided, who is at what
renderer     answers as HTML, from a process alongside the server (rendering) whose time and memory have an end
identity     who is signed in, and what they may do
people       how they come in: one-time links, accounts with passwords
safety       headers, origins, sessions, limits
entry        one-time links, signing in and out
overview, answers, seconds, rubrics, students, finals    the pages
app          all of it put together; serving: on a socket, for `graders mark` and `graders serve`
"""
