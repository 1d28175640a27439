"""What is known of the functions and methods that pages use; whatever is not known may change what it is given."""

import re
import sys


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STANDARD = sys.stdlib_module_names | {"builtins"}
KNOWN = STANDARD | {"torch", "numpy", "matplotlib", "mpl_toolkits", "IPython"}
"""Libraries of which no function changes what it is given, but for those named here."""

FRESH = _words(
    """
    abs absolute acos add addmm addbmm addcdiv addcmul all allclose amax amin any angle arange argmax argmin argsort
    argwhere array asin atan atan2 baddbmm bernoulli bincount bmm cat cdist ceil celu cholesky clamp
    clip clone concat concatenate conv1d conv2d conv3d copysign cos cosh cosine_similarity count_nonzero cov corrcoef
    cross cross_entropy cummax cummin cumprod cumsum det diag_embed diff dist div divide dot elu empty
    empty_like eq equal erf erfc exp exp2 expm1 eye eigh eigvals embedding fft fftn flip fliplr floor
    floor_divide fmod
    frac full full_like gather gcd ge gelu glu gt heaviside histc hypot ifft index_add index_copy index_fill
    index_select     inner inv inverse isclose isfinite isin isinf isnan isneginf isposinf isreal kl_div kron
    kthvalue l1_loss layer_norm
    le leaky_relu lerp lgamma linear linspace log log10 log1p log2 log_softmax logaddexp logcumsumexp logical_and
    logical_not logical_or logical_xor logit logspace logsumexp lstsq lt lu masked_fill masked_scatter masked_select
    matmul matrix_exp matrix_norm matrix_power matrix_rank max maximum mean median min minimum mm
    mode mse_loss
    mul multi_dot multinomial multiply mv nan_to_num nanmean nansum ne neg negative new_empty new_full new_ones
    new_tensor new_zeros nll_loss nonzero norm normal normalize not_equal nuclear_norm numel one_hot ones ones_like
    outer pairwise_distance pdist pinv pixel_shuffle polygamma pow prod qr quantile rand rand_like randint
    randint_like randn
    randn_like randperm reciprocal relu remainder renorm repeat repeat_interleave roll rot90 round rsqrt scatter
    scatter_add searchsorted sigmoid sign silu sin sinh slogdet smooth_l1_loss softmax softmin softplus solve sort
    sqrt square stack std std_mean sub subtract sum svd svdvals take_along_dim tan tanh tensor tensordot tile
    topk trace
    trapezoid tril tril_indices triu triu_indices true_divide trunc fold unique unique_consecutive vander var
    var_mean vdot vector_norm vstack hstack dstack where zeros zeros_like scaled_dot_product_attention
    conv_transpose2d
    max_pool2d avg_pool2d interpolate pad binary_cross_entropy binary_cross_entropy_with_logits huber_loss
    group_norm broadcast_shapes result_type is_tensor is_floating_point assert_close iinfo finfo Size einsum
    copy astype
    """
)
"""Functions and methods of tensors and arrays whose result has memory of its own."""
VIEWS = re.compile(r"numpy\.(flip\w*|rot90)$")
"""Functions with such names that give views all the same."""
SHARING = frozenset({"inplace", "copy", "out", "max_norm"})
"""Names of arguments with which a function may change what it is given, or give it back."""
UFUNCS = _words(
    "exp expm1 log log2 log10 sqrt square abs absolute negative sign sin cos tan tanh floor ceil reciprocal"
)
"""Functions of NumPy whose second argument is where the result goes; that of others may be the third."""
SCALARS = _words(
    """
    shape dtype device ndim size dim numel nelement item itemsize nbytes stride strides data_ptr element_size is_leaf
    requires_grad is_contiguous is_cuda is_sparse layout equal allclose storage_offset get_device ndimension names
    is_floating_point is_complex is_same_size tolist is_nonzero is_set_to is_shared __len__ total_params in_features
    out_features num_embeddings embedding_dim get_total_flops get_flop_counts bit_length
    """
)
"""Attributes and methods whose value nobody can change, or that is a copy."""
RANDOM_IN_PLACE = _words("normal_ uniform_ random_ bernoulli_ exponential_ cauchy_ geometric_ log_normal_")
MUTATORS = _words(
    """
    append extend insert remove pop clear sort reverse update setdefault add discard popitem appendleft popleft
    extendleft rotate move_to_end subtract difference_update intersection_update symmetric_difference_update
    __setitem__
    __delitem__ __iadd__ write
    """
)
"""Methods of lists, dicts, sets and their like that change them."""
IN_PLACE = _words("resize fill put partition itemset setfield setflags byteswap")
"""Methods of arrays that change them; those of tensors end in `_`."""
CASTS = _words("float double half bfloat16 cpu cuda bool int long")
"""Methods that give another tensor, and change a layer."""
HARMLESS = SCALARS | _words(
    """
    parameters named_parameters buffers named_buffers children named_children modules named_modules state_dict
    get_parameter extra_repr keys values items get index count copy split join format strip startswith endswith encode
    decode lower upper title replace sum mean max min std var view reshape expand permute transpose numpy cpu detach
    clone float long int double half bool total_seconds isoformat get_text get_xlim get_ylim elapsed most_common
    elements exists is_file is_dir is_open read_text __len__ __contains__ __eq__ type_as unsqueeze squeeze flatten
    log_prob entropy cdf icdf tolist all any argmax argmin softmax tril triu t square sqrt exp log abs norm
    """
)
"""Methods that change nothing, whatever well-known thing they belong to."""
ITERATORS = _words("parameters named_parameters buffers named_buffers children named_children modules named_modules")
LAYERS = re.compile(
    r"torch\.nn\.(Linear|Bilinear|Identity|Embedding|EmbeddingBag|Conv\w+|(Batch|Instance)Norm[123]d|LayerNorm|RMSNorm|GroupNorm|Flatten|Unflatten"
    r"|\w*ReLU6?|GELU|SiLU|Mish|ELU|SELU|CELU|GLU|\w*Sigmoid|\w*Tanh|\w*Softmax|Softplus|Softsign|LogSoftmax|\w+Loss"
    r"|\w+Pool[123]d|Upsample|PixelShuffle|Unfold|Fold|CosineSimilarity|PairwiseDistance|\w*Dropout\w*|\w+Pad[123]d"
    r"|RNN|LSTM|GRU|\w+Cell|MultiheadAttention|Transformer\w*|Parameter|Sequential|ModuleList|ModuleDict|ParameterList"
    r"|ParameterDict)$"
)
"""Layers that change neither themselves nor what they are called with; hooks, `inplace` and statistics aside."""
TENSOR_FUNCTIONS = re.compile(
    r"(torch|numpy|torch\.nn\.functional|(torch|numpy)\.(linalg|fft)|torch\.(special|testing|signal|sparse|nested))"
    r"\.[a-z]\w*$"
)
NO_TENSORS = re.compile(
    r"torch\.(save|load|compile|vmap|no_grad|enable_grad|inference_mode|autocast|device|dtype|get_rng_state|hub|export"
    r"|nn|optim|cond|while_loop|import_ir_module)$|numpy\.(save\w*|load\w*|nditer|vectorize|frompyfunc|fromfile|memmap)$"
)
"""What has such a name and is something else."""
CHANGES_FIRST = re.compile(
    r"random\.shuffle|numpy\.(random\.shuffle|copyto|put|place|putmask|fill_diagonal|put_along_axis|\w+\.at)"
    r"|heapq\.heap(?!q)\w+|bisect\.insort\w*|operator\.(setitem|delitem|i\w+)"
    r"|collections\.deque\.\w+|torch\.nn\.utils\.\w+|torch\.nn\.init\.\w+"
)
"""Functions that change their first argument."""
CHANGES_ALL = re.compile(
    r"torch\.(nn\.functional\.)?(batch_norm|instance_norm)$|torch\.nn\.utils\.vector_to_parameters$|struct\.pack_into$"
)
"""Functions that change others."""
SEEDS = {
    "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch",
    "torch.seed": "torch",
    "torch.set_rng_state": "torch",
    "torch.random.set_rng_state": "torch",
    "torch.cuda.manual_seed": "cuda",
    "torch.cuda.manual_seed_all": "cuda",
    "random.seed": "python",
    "random.setstate": "python",
    "numpy.random.seed": "numpy",
    "numpy.random.set_state": "numpy",
}
"""What begins a stream of random numbers anew, and which."""
DRAWS = (
    (
        re.compile(
            r"torch\.(rand|normal|bernoulli|multinomial|poisson|nn\.|get_rng|random\.|distributions|initial|utils\.data"
            r"|empty|Tensor)|torch\.nn\.(functional\.)?\w*dropout|torch\.\w*dropout",
            re.IGNORECASE,
        ),
        ("torch", "cuda"),
    ),
    (re.compile(r"numpy\.random\."), ("numpy",)),
    (re.compile(r"random\.|uuid\.|secrets\."), ("python",)),
)
"""Which streams functions may draw from."""
NO_DRAWS = re.compile(
    r"torch\.nn\.functional\.(?!\w*dropout|gumbel|rrelu|fractional)|torch\.nn\.(\w+Loss|\w*ReLU|GELU|Flatten|Identity"
    r"|Sequential|Softmax|Sigmoid|Tanh|Parameter|Module|ModuleList|utils|LayerNorm|SiLU|ModuleDict)(\.|$)|torch\.empty"
    r"|torch\.nn\.init\.(constant|ones|zeros|eye|dirac|calculate)"
    r"|numpy\.random\.(default_rng|Generator|RandomState|SeedSequence)$|random\.Random$|torch\.nn$"
)
DRAWING = re.compile(r"Dropout|Transformer|RReLU|Fractional|Multihead|LSTM|GRU|RNN")
"""Layers that may draw when they are called."""
SETTERS = re.compile(
    r"(^|\.)(set_\w+|setlocale|setrecursionlimit|use|enable\w*|disable\w*|register\w*|basicConfig|chdir|filterwarnings"
    r"|simplefilter|resetwarnings|rc|rcdefaults|rc_file|seterr|setcontext|getcontext|use_deterministic_algorithms|ion|ioff"
    r"|switch_backend|putenv|unsetenv|patch|install|reload|invalidate_caches|set_theme|captureWarnings|getLogger|setLevel)$"
)
"""Functions whose effect is on what comes later, for the library that they belong to."""
EXACT_SETTERS = re.compile(
    r"torch\.(set_default_dtype|set_default_device|set_default_tensor_type|set_num_threads|set_num_interop_threads"
    r"|set_grad_enabled|set_deterministic_debug_mode|set_float32_matmul_precision|use_deterministic_algorithms"
    r"|set_anomaly_enabled)$|sys\.setrecursionlimit$|os\.chdir$|locale\.setlocale$|gc\.(en|dis)able$"
)
"""Those of them that leave nothing of what an earlier call of the same has set."""
LOCAL_STATE = {
    "warnings.catch_warnings": ("*",),
    "matplotlib.pyplot.rc_context": ("matplotlib",),
    "matplotlib.rc_context": ("matplotlib",),
    "matplotlib.pyplot.style.context": ("matplotlib",),
    "matplotlib.style.context": ("matplotlib",),
    "torch.random.fork_rng": ("random torch", "random cuda"),
    "decimal.localcontext": ("decimal",),
    "torch.set_grad_enabled": ("torch",),
}
"""Contexts that put state back at their end."""
SWALLOWS = re.compile(r"contextlib\.(suppress|ExitStack|AsyncExitStack)|pytest\.|unittest\.")
"""Contexts that may end their body early and go on."""
EVERYWHERE = re.compile(
    r"warnings\.|os\.(environ|putenv|chdir)|sys\.(path|modules|setrecursionlimit|stdout|stderr)|gc\.|locale\.|logging\.|importlib\.reload"
)
"""State of libraries that others look at."""
FILES = re.compile(
    r"builtins\.open$|os\.path\.(l?exists|is\w+|get\w+)|os\.(?!path|environ|sep|linesep|name|cpu_count|getpid)\w+|shutil\.|pathlib\.Path\.\w+|tempfile\."
    r"|subprocess\.|torch\.(save|load|hub|utils\.tensorboard)|numpy\.(save|load|genfromtxt|fromfile|memmap)\w*|pickle\.(dump|load)$"
    r"|json\.(dump|load)$|csv\.|sqlite3\.|zipfile\.|glob\.|urllib\.|(torch|torchvision)\.datasets|matplotlib\.\w+\.savefig"
    r"|io\.open|importlib\.|shelve\.|socket\.|asyncio\.create_subprocess"
)
"""Functions that read or write files, or make things that do."""
SAME = _words(
    """
    builtins.property builtins.staticmethod builtins.classmethod functools.wraps() functools.cached_property
    functools.total_ordering contextlib.contextmanager contextlib.asynccontextmanager abc.abstractmethod
    dataclasses.dataclass dataclasses.dataclass() torch.no_grad() torch.enable_grad() torch.inference_mode()
    typing.overload typing.final typing.runtime_checkable enum.unique torch.jit.ignore torch.compiler.disable
    """
)
"""Decorators whose result is used like what they decorate."""
FACTORIES = _words("functools.wraps dataclasses.dataclass torch.no_grad torch.enable_grad torch.inference_mode")
"""What makes such a decorator when it is called."""
CALLERS = re.compile(
    r"functools\.(partial\w*|reduce|lru_cache|cache|singledispatch)|torch\.(vmap|compile|func\.\w+|autograd\.functional\.\w+)"
    r"|numpy\.vectorize"
)
"""What makes a function of a function that changes what that changes, and no more."""
ASKS = re.compile(
    r"is_|has_|assert_|grad\w*check|random_split|get_(?!default_generator)|current_|device|memory_|max_memory|autocast|profile|synchronize"
)
"""How functions of well-known libraries begin that only tell something, or make a context."""
COPIES = _words("list tuple set frozenset dict sorted")
PAIRS = _words("enumerate zip map filter iter aiter reversed")
CALLBACKS = _words("map filter sorted min max iter aiter")
COMPUTES = _words("abs round pow divmod sum min max")
PURE = _words(
    """
    abs all any ascii bin bool bytes callable chr complex divmod float format hasattr hash hex id int isinstance
    issubclass len max min oct ord pow print range repr round slice str sum type bytearray memoryview object
    aiter anext property staticmethod classmethod super display input __build_class__
    """
)
"""Functions that everybody has and that change nothing."""
NEVER_SHADOWED = _words(
    """
    print len isinstance str list tuple dict zip enumerate type repr ValueError TypeError RuntimeError KeyError
    IndexError Exception hasattr getattr setattr super property staticmethod classmethod object callable sorted
    AssertionError AttributeError NameError StopIteration NotImplementedError ZeroDivisionError True False None
    """
)
"""Names of Python that no well-known `import *` gives another meaning."""
OPAQUE = frozenset({"exec", "eval", "globals", "locals", "get_ipython", "__import__", "execfile", "In", "Out"})
"""Names with which anything can be reached."""
HISTORY = re.compile(r"_{1,3}$|_\d+$|_i{1,3}\d*$|_[oid]h$")
"""Names that IPython gives to what cells have shown and said."""
