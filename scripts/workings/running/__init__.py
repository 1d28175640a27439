"""Running pages: one clean process for each, forked from a warm one, and what its cells show.

workers (this process) asks the zygote for a page; the zygote forks a supervisor, which forks the session, in which the
cells run. The session sends frames back, the supervisor its control notices.
"""
