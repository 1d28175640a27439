"""Show your workings: pages whose cells run, and a site in which nothing is unverified."""
