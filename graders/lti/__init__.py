"""LTI 1.3 Advantage: learning platforms launch our pages, and get scores back.

keys         the keys by which platforms know us
platforms    which platforms and deployments may launch
passing      what a launch needs for some minutes, used once
adapter      what pylti1p3 asks of a web framework, and its faults mended
launching    a login and a launch: who has come, from which course, for which assignment
courses      courses, their people and activities, as launches and rosters tell of them
linking      deep linking: an activity made from an assignment that was picked
registering  dynamic registration: a platform introduces itself
services     calls to a platform: tokens, scores, rosters, each with an end
roster       who is in a course, as its platform says
trying       what a platform gives us, tried before people need it
scores/      scores on their way, in the database, and who delivers them
"""
