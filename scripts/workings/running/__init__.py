"""Running pages: one clean process for each, forked from a warm one or spawned, and what its cells show.

workers (this process) asks the zygote for a page; the zygote forks a supervisor, which forks the session, in which the
cells run. The session sends frames back, the supervisor its control notices. Where nothing can be forked, a guard is
in the supervisor's place, and a spare interpreter that it has started, and that is prepared, becomes the session.
"""
