"""The environment that pages see: what they need of the builder's, and no more, so that no secret gets into a page."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

FIXED: Mapping[str, str] = {
    "COLUMNS": "80",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "LINES": "24",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
    "TERM": "dumb",
    "TZ": "UTC",
}
"""What must not differ from one machine, terminal or run to the next, and what keeps the warm process to one thread."""

PERSONAL = (
    "COMSPEC",
    "HOME",
    "LD_LIBRARY_PATH",
    "LOGNAME",
    "MPLCONFIGDIR",
    "PATH",
    "PATHEXT",
    "SHELL",
    "SYSTEMROOT",
    "USER",
    "USERPROFILE",
    "VIRTUAL_ENV",
    "XDG_*",
)
"""What programs need and differs from one builder to the next: no record depends on it."""

TECHNICAL = (
    "ATEN_*",
    "CUBLAS_*",
    "CUDA_*",
    "GLOO_*",
    "HIP_*",
    "HSA_*",
    "MKL_*",
    "NCCL_*",
    "NVIDIA_*",
    "ONEDNN_*",
    "PYTORCH_*",
    "ROCM_*",
    "SSL_CERT_*",
    "TORCH*",
    "TRITON_*",
)
"""What decides how torch runs: part of what a record depends on."""

HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""Has the C library's heap in huge pages where the system allows it: there is less to copy for a fork. The process
that pages are forked from begins with it; pages know nothing of it, and what they allocate is as everywhere."""

SECRET = ("*KEY*", "*PASSWORD*", "*SECRET*", "*TOKEN*")


def page_environment(outer: Mapping[str, str]) -> dict[str, str]:
    """The environment of pages, of a builder with that one."""
    return {**_allowed(outer, (*PERSONAL, *TECHNICAL)), **FIXED}


def caches(folder: str) -> dict[str, str]:
    """Where torch keeps what it compiles, for pages of a builder who has not said so: compiling takes seconds.

    Headers that are compiled beforehand pay for many functions in one process, and cost a page of a few 10 s.
    """
    return {
        "TORCHINDUCTOR_CACHE_DIR": f"{folder}/inductor",
        "TORCHINDUCTOR_CPP_CACHE_PRECOMPILE_HEADERS": "0",
        "TRITON_CACHE_DIR": f"{folder}/triton",
    }


def technical(outer: Mapping[str, str]) -> dict[str, str]:
    """The part of it on which a page's outputs may depend."""
    return _allowed(outer, TECHNICAL)


def is_secret(name: str) -> bool:
    """Whether a variable of that name holds what nobody is to see."""
    return _like(name.upper(), SECRET)


def _allowed(outer: Mapping[str, str], patterns: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in outer.items() if _like(name, patterns) and not is_secret(name)}


def _like(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
