"""Pages of torch, NumPy and matplotlib that are hard to take apart, as in `standalone_pages`."""

# ruff: noqa: E501 - a cell is easier to read on a line of its own than in pieces
# fmt: off

TENSORS: dict[str, tuple[str, ...]] = {
    "in-place": ("import torch\na = torch.zeros(2, 3)\nb = a", "b.add_(1)", "b[0, 1] = 7", "b += 1", "a", "torch.add(a, 1, out=a)", "a"),
    "views": ("import torch\na = torch.arange(6.)\nrows = a.view(2, 3)\nt = rows.T\nfirst, second = rows", "t[0, 0] = 50", "first.mul_(2)", "second[:] = 0", "a", "a.narrow(0, 0, 1).fill_(-1)", "t", "rows.clone().zero_()", "a"),
    "numpy shares memory": ("import torch, numpy as np\nn = np.zeros(3)\nt = torch.from_numpy(n)\nback = t.numpy()", "t.add_(1)", "back[1] = 5", "np.add(n, 1, out=n)", "n", "np.copyto(n, [9, 9, 9])", "t"),
    "in a list": ("import torch\nxs = [torch.zeros(1) for _ in range(2)]\nlast = xs[-1]", "for x in xs: x.add_(1)", "torch.cat(xs).add_(5)", "last", "torch._foreach_add_(xs, 2.0)", "xs"),
    "copies are apart": ("import torch\na = torch.ones(2)\nb = a.clone()\nc = a + 0\nd = torch.tensor([1., 2.])", "b.add_(1); c.add_(1)", "a", "b", "d"),
    "gradients": ("import torch\nw = torch.tensor([1., 2.], requires_grad=True)\nloss = (w ** 2).sum()", "loss.item()", "loss.backward()", "w.grad", "w.grad.zero_()", "w.grad", "with torch.no_grad():\n    w -= 0.5", "w"),
    "requires_grad_": ("import torch\nx = torch.ones(2)\ny = x * 2", "x.requires_grad_()", "z = (x * 3).sum()", "z.backward()", "x.grad, y.requires_grad"),
    "optimiser": (
        "import torch\nfrom torch import nn\ntorch.manual_seed(0)\nmodel = nn.Linear(2, 1)\nx, y = torch.ones(4, 2), torch.zeros(4, 1)",
        "optimiser = torch.optim.SGD(model.parameters(), lr=0.1)\ncriterion = nn.MSELoss()",
        "for _ in range(3):\n    optimiser.zero_grad()\n    loss = criterion(model(x), y)\n    loss.backward()\n    optimiser.step()",
        "model.weight", "loss.item()", "x",
    ),
    "a step spread over cells": (
        "import torch\nw = torch.ones(2, requires_grad=True)\nopt = torch.optim.Adam([w], lr=0.5)",
        "loss = (w ** 2).sum()", "loss.backward()", "opt.step()", "opt.zero_grad()", "w, w.grad",
    ),
    "scheduler": ("import torch\nw = torch.ones(1, requires_grad=True)\nopt = torch.optim.SGD([w], lr=1.0)\ns = torch.optim.lr_scheduler.StepLR(opt, 1)", "w.sum().backward()\nopt.step()", "s.step()", "opt.param_groups[0]['lr']"),
    "module of the page": (
        "import torch\nfrom torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layer = nn.Linear(2, 2)\n        self.calls = 0\n"
        "    def forward(self, x):\n        self.calls += 1\n        return self.layer(x).relu()",
        "torch.manual_seed(1)\nnet = Net()", "net(torch.ones(1, 2))", "net.calls", "net.eval()", "net.training", "with torch.no_grad():\n    net.layer.weight.fill_(1)", "net.layer.weight", "list(net.parameters())[0][0, 0] == 1",
    ),
    "buffers that change": ("import torch\nbn = torch.nn.BatchNorm1d(2)", "bn(torch.tensor([[1., 2.], [3., 5.]]))", "bn.running_mean", "drop = torch.nn.Dropout(0.5).eval()\ndrop(torch.ones(2))"),
    "in-place activation": ("import torch\nx = torch.tensor([-1., 2.])\nrelu = torch.nn.ReLU(inplace=True)", "relu(x)", "x", "y = torch.tensor([-3.])\ntorch.nn.functional.relu(y, inplace=True)", "y"),
    "init functions": ("import torch\nlayer = torch.nn.Linear(2, 1)", "torch.nn.init.ones_(layer.weight)", "for p in layer.parameters(): torch.nn.init.constant_(p, 2.0)", "layer.weight, layer.bias"),
    "apply": ("import torch\nfrom torch import nn\ndef one(m):\n    if isinstance(m, nn.Linear):\n        m.weight.data.fill_(1)\n        m.bias.data.fill_(0)", "net = nn.Sequential(nn.Linear(2, 2), nn.Tanh())", "net.apply(one)", "net[0].weight"),
    "hooks": ("import torch\nseen = []\nlayer = torch.nn.Linear(1, 1)\nhandle = layer.register_forward_hook(lambda m, i, o: seen.append(tuple(o.shape)))", "layer(torch.ones(3, 1))", "handle.remove()", "layer(torch.ones(4, 1))", "seen"),
    "function of autograd": ("import torch\nclass Double(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x): return x * 2\n    @staticmethod\n    def backward(ctx, g): return g * 2", "x = torch.ones(2, requires_grad=True)\ny = Double.apply(x)", "y.sum().backward()", "x.grad"),
    "state dict": ("import torch\na, b = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)\nstate = a.state_dict()", "state['weight'].fill_(3)\nstate['bias'].fill_(1)", "b.load_state_dict(state)", "b.weight, a.weight"),
    "seeds": ("import torch\ntorch.manual_seed(1)\na = torch.rand(2)", "torch.manual_seed(2)\nb = torch.rand(2)", "a", "b", "a, b", "torch.manual_seed(3)", "torch.rand(2)"),
    "generator of torch": ("import torch\ng = torch.Generator()\ng.manual_seed(5)", "torch.rand(2, generator=g)", "g.manual_seed(6)", "torch.rand(2, generator=g)"),
    "state of the stream": ("import torch\ntorch.manual_seed(4)\nstate = torch.get_rng_state()", "torch.rand(1)", "torch.set_rng_state(state)", "torch.rand(1)"),
    "numpy's seeds": ("import numpy as np\nnp.random.seed(1)", "np.random.rand(2)", "rng = np.random.default_rng(2)", "rng.normal(size=2)"),
    "default dtype": ("import torch\ntorch.set_default_dtype(torch.float64)\na = torch.ones(1)", "torch.zeros(1).dtype, a.dtype", "torch.set_default_dtype(torch.float32)", "torch.zeros(1).dtype", "a + 1"),
    "default dtype of an operation": ("import torch\nx = torch.tensor([1, 2])", "torch.set_default_dtype(torch.float64)", "x / 2"),
    "default device": ("import torch\ntorch.set_default_device('meta')", "torch.ones(2).device", "torch.set_default_device('cpu')", "torch.ones(2)"),
    "print options": ("import torch\ntorch.set_printoptions(precision=2)\nx = torch.tensor([1.23456])", "x", "torch.set_printoptions(profile='default')", "x"),
    "grad mode": ("import torch\nx = torch.ones(1, requires_grad=True)\ntorch.set_grad_enabled(False)", "(x * 2).requires_grad", "torch.set_grad_enabled(True)", "(x * 2).requires_grad", "with torch.set_grad_enabled(False):\n    y = x * 2", "y.requires_grad, (x * 2).requires_grad"),
    "threads": ("import torch\ntorch.set_num_threads(1)", "torch.get_num_threads()"),
    "function that changes its argument": ("import torch\ndef step(p):\n    p -= 1\n    return p * 2", "p = torch.ones(2)\nq = step(p)", "p", "q.add_(1)", "p, q"),
    "function that copies first": ("import torch\ndef bigger(p):\n    p = p.clone()\n    p += 1\n    return p", "p = torch.ones(2)\nq = bigger(p)", "p", "q"),
    "vmap and grad": ("import torch\nk = 3.0\ndef f(x): return k * x ** 2\ndf = torch.func.grad(f)", "df(torch.tensor(2.0))", "k = 5.0", "torch.vmap(df)(torch.tensor([1.0, 2.0]))"),
    "no_grad as decorator": ("import torch\n@torch.no_grad()\ndef shrink(w): w.mul_(0.5)", "w = torch.ones(2, requires_grad=True)\nshrink(w)", "w"),
    "data loader": ("import torch\nfrom torch.utils.data import DataLoader, TensorDataset\nxs = torch.arange(4.)\ndata = TensorDataset(xs)\nloader = DataLoader(data, batch_size=2)", "for (batch,) in loader: batch.add_(1)", "xs", "it = iter(loader)\nnext(it)", "next(it)"),
    "dataset of the page": ("import torch\nclass Data(torch.utils.data.Dataset):\n    def __init__(self): self.asked = []\n    def __len__(self): return 3\n    def __getitem__(self, i):\n        self.asked.append(i)\n        return i", "d = Data()\nbatches = [b.tolist() for b in torch.utils.data.DataLoader(d)]", "d.asked, batches"),
    "parameter shares memory": ("import torch\nt = torch.zeros(2)\np = torch.nn.Parameter(t)", "p.data.add_(1)", "t"),
    "tied weights": ("import torch\nfrom torch import nn\na, b = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)\nb.weight = a.weight", "with torch.no_grad(): b.weight.fill_(4)", "a.weight"),
    "figures": ("import matplotlib.pyplot as plt\nplt.rcParams['lines.linewidth'] = 7", "fig, ax = plt.subplots()\nline, = ax.plot([1, 2])", "line.get_linewidth()", "line.set_linewidth(3)", "ax.set_title('t')", "ax.get_title(), line.get_linewidth()"),
    "style in a context": ("import matplotlib.pyplot as plt\nwith plt.rc_context({'lines.linewidth': 9}):\n    inside = plt.rcParams['lines.linewidth']", "inside, plt.rcParams['lines.linewidth']", "plt.style.use('ggplot')", "plt.rcParams['axes.grid']"),
    "gradients later": (
        "import torch\nw = torch.ones(2)\nkw = {'requires_grad': True}\nv = torch.ones(2, **kw)",
        "w.requires_grad = True",
        "x = torch.ones(2)\nx[0] = w[0] * 3",
        "(x.sum() * v.sum()).backward()",
        "w.grad, v.grad",
        "x",
    ),
    "modules of the page in one of torch": (
        "import torch\nfrom torch import nn\nclass Seen(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.shapes = []\n    def forward(self, x):\n        self.shapes.append(tuple(x.shape))\n        return x",
        "net = nn.Sequential(Seen(), nn.Flatten(), Seen())",
        "net(torch.ones(2, 3, 4)).shape",
        "net[0].shapes, net[2].shapes",
        "net[2].shapes.clear()",
        "net[2].shapes",
        "net.requires_grad_(False)\nnet[0].register_buffer('b', torch.zeros(1))",
        "net[0].b",
    ),
}
"""By what is hard about them; the cells of each, in order."""
