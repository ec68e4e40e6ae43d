"""A pretend accelerator: mistakes with devices raise on a machine that has a CPU alone.

``PRETEND_DEVICE=cuda`` (or ``mps``) in the environment, and ``import pretend_device`` before the
first tensor is made: from then on, until it ends, the process has such a device. Values are real,
so that losses and accuracies are too.

How it works. To PyTorch's C++ it is a backend like any other, under the key that is kept free for
other people's hardware (PrivateUse1): autograd, optimizers, ``.numpy()``, printing and saving
treat it as a device. Its memory is ordinary memory. DLPack hands a tensor on without a copy, and
eight bytes of its header say where it lives: overwritten, they move the tensor (``relabel``). All
operators arrive in one function (``compute``), which calls the device's tensors the CPU's, computes
there, and calls the result the device's again; it refuses to mix the two. A function mode
(``Border``) stands between PyTorch and the user, who sees and says ``cuda`` or ``mps`` throughout.

What it does not have: several devices, ``torch.compile``, LSTM and GRU, sparse tensors, complex
conjugates (they crash), the speed or the rounding of a GPU, operations that a real device lacks
(on ``mps`` it lacks float64, nothing else). A step of a small network takes four times the CPU's.

It leans on private parts of PyTorch, so that it is for the versions of ``KNOWN`` only; another one
may work, and has to be tried: ``tests/test_devices.py``.
"""

import ctypes
import functools
import os
import weakref

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils import backend_registration

KNOWN = ("2.14", "2.15")  # the versions of PyTorch on which the tests of this device pass
KIND = os.environ.get("PRETEND_DEVICE") or "cuda"  # what the user calls it
NAME = "pretend"  # what C++ calls it
SHOWN, INNER, CPU = torch.device(KIND, 0), torch.device("privateuseone", 0), torch.device("cpu")


# Memory


PLACES = {"cpu": 1, NAME: 12}  # DLDeviceType: kDLCPU, kDLExtDev
pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


def relabel(tensor, place):
    """Return a tensor over the same memory that lives at ``place``, as far as PyTorch knows."""
    capsule = torch._C._to_dlpack(tensor)
    header = pointer_of(capsule, b"dltensor")  # void *data; then int32 kind, int32 index
    ctypes.c_int64.from_address(header + 8).value = PLACES[place]
    return torch._C._from_dlpack(capsule)


def is_inner(tensor):
    """Tell whether a tensor is the device's, in C++ or outside of it."""
    return tensor.device.type in (NAME, KIND)


# Random numbers


OURS = weakref.WeakValueDictionary()  # the device's generators: C++ forgets all but the address


class Generator(torch._C.Generator):
    """A generator of the CPU, and a note whether it was asked for on the device."""

    def __new__(cls, device="cpu"):
        made = super().__new__(cls, "cpu")
        if torch.device(device).type == KIND:
            OURS[made._cdata] = made
        return made

    @property
    def device(self):
        return SHOWN if self._cdata in OURS else CPU


def check_generator(generator, kind):
    """Raise what PyTorch raises for a generator of another device."""
    if generator is None:
        return
    found = KIND if generator._cdata in OURS else "cpu"
    if found != kind:
        raise RuntimeError(f"Expected a '{kind}' device type for generator but found '{found}'")


DEFAULT_GENERATOR = Generator(KIND)


def swap_default_generators():
    """Let what draws from the CPU's default generator draw from the device's, and back again."""
    one, other = torch.default_generator, DEFAULT_GENERATOR
    state = one.get_state()
    one.set_state(other.get_state())
    other.set_state(state)


# Operators


VIEWS = {"alias", "as_strided", "set_", "unfold", "view", "view_as_complex", "view_as_real"}
VIEWS |= {"_reshape_alias"}
INDEXING = {"index", "index_put", "index_put_", "_index_put_impl_"}  # by indices on the CPU, too
ON_CPU = torch._C.DispatchKeySet("CPU")
IN_CHILD = []  # not empty in a process that was forked from this one


class Call:
    """The tensors of one operator, on their way in and out."""

    def __init__(self, ours):
        self.ours = ours  # whether the result is the device's
        self.outer = {}  # by the id of the tensor inside: the user's
        self.grown = []  # pairs of user's and inner tensor, where the operator may resize it
        self.strangers = []  # tensors of the CPU; those without dimensions may be mixed in

    def enter(self, value, may_grow=False):
        """Call the device's tensors the CPU's, and take down what is not the device's."""
        if isinstance(value, list | tuple):
            return [self.enter(item) for item in value]
        if isinstance(value, torch._C.Generator):
            check_generator(value, KIND if self.ours else "cpu")
        if not isinstance(value, Tensor):
            return value
        if value.device.type != NAME:
            self.strangers += [value] if value.dim() else []
            return value
        inside = relabel(value, "cpu")
        if may_grow:  # what came through DLPack cannot
            inside = inside.clone()
            self.grown.append((value, inside))
        self.outer[id(inside)] = value
        return inside

    def leave(self, value):
        """Call a result the device's; what was changed in place is the tensor it was."""
        if isinstance(value, list | tuple):
            return type(value)(map(self.leave, value))
        if not isinstance(value, Tensor) or not self.ours:
            return value
        if KIND == "mps" and value.dtype == torch.float64:
            raise TypeError(
                "Cannot convert a MPS Tensor to float64 dtype as the MPS framework "
                "doesn't support float64. Please use float32 instead."
            )
        return self.outer[id(value)] if id(value) in self.outer else relabel(value, NAME)

    def check(self, op, args):
        """Raise what PyTorch raises where devices meet that must not."""
        may_differ = args[1] if op.__name__.partition(".")[0] in INDEXING else ()
        for stranger in self.strangers:
            if not any(stranger is index for index in may_differ):
                raise RuntimeError(
                    "Expected all tensors to be on the same device, but found at "
                    f"least two devices, {SHOWN} and {stranger.device}! (in {op})"
                )


def compute(op, *args, **kwargs):
    """Run any operator that PyTorch brings to the device."""
    name = op._schema.name.removeprefix("aten::")
    if IN_CHILD:
        raise RuntimeError(f"Cannot re-initialize {KIND.upper()} in forked subprocess.")
    if name in VIEWS:  # they look at memory in another way: the CPU's code is right as it is
        return op.redispatch(ON_CPU, *args, **kwargs)
    if kwargs.pop("pin_memory", None):
        raise RuntimeError("Only dense CPU tensors can be pinned")
    call = Call(ours=kwargs.get("device") is None or kwargs["device"].type == NAME)
    if "device" in kwargs and call.ours:
        kwargs["device"] = CPU
    inside, named = enter_all(call, op, name, args, kwargs)
    if name == "_copy_from":  # the one way between the CPU and the device
        inside[1].copy_(inside[0])
        return args[1]
    call.check(op, args)
    result = draw_ours(fitting(op, name, inside), inside, named)
    for outer, grown in call.grown:
        torch.ops.aten.set_.source_Tensor.redispatch(ON_CPU, outer, relabel(grown, NAME))
    return call.leave(result)


def enter_all(call, op, name, args, kwargs):
    """Return the arguments of an operator as the CPU's."""
    wanted = op._schema.arguments
    outs = {argument.name for argument in wanted if argument.is_out}
    inside = [call.enter(value, name == "resize_" and not i) for i, value in enumerate(args)]
    for i, value in enumerate(args):  # C++ sends the 2 of x % 2 as a tensor, and a number arrives
        if isinstance(value, int | float) and isinstance(wanted[i].type, torch.TensorType):
            dtype = torch.float64 if isinstance(value, float) else torch.int64
            inside[i] = torch.scalar_tensor(value, dtype=dtype)
    named = {k: call.enter(v, k in outs and not v.numel()) for k, v in kwargs.items()}
    return inside, named


def fitting(op, name, inside):
    """Return the operator that the CPU has in the place of one that is for foreign hardware."""
    if not name.endswith("_overrideable"):
        return op
    if name == "convolution_backward_overrideable":  # it lacks the shape of the bias
        inside.insert(3, [inside[2].shape[0]])
    return getattr(torch.ops.aten, name.removesuffix("_overrideable"))


def draw_ours(run, args, kwargs):
    """Run an operator; what it draws comes from the device's default generator."""
    tags = getattr(run, "tags", ())
    if torch.Tag.nondeterministic_seeded not in tags or kwargs.get("generator") is not None:
        return run(*args, **kwargs)
    swap_default_generators()
    try:
        return run(*args, **kwargs)
    finally:
        swap_default_generators()


# Mixed precision


AUTOCAST = torch._C.DispatchKeySet("AutocastPrivateUse1")
LOWER = {"conv1d", "conv2d", "conv3d", "linear", "matmul", "mm", "bmm", "addmm", "baddbmm"}
SINGLE = {"softmax.int", "log_softmax.int", "nll_loss", "cross_entropy_loss", "mse_loss"}
SINGLE |= {"exp", "log"}


def cast(op, dtype, *args, **kwargs):
    """Do for one operator what autocast does on a device; no dtype means the lower precision."""

    def convert(value):
        floating = isinstance(value, Tensor) and value.is_floating_point()
        return value.to(dtype or torch.get_autocast_dtype(NAME)) if floating else value

    with torch._C._ExcludeDispatchKeyGuard(AUTOCAST):
        return op(*map(convert, args), **{k: convert(v) for k, v in kwargs.items()})


# Names


class Border(TorchFunctionMode):
    """Say ``cuda`` (or ``mps``) to the user and ``pretend`` to PyTorch."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is torch.device:
            return func(*args, **kwargs)
        if func in (Tensor.is_cuda.__get__, Tensor.is_mps.__get__):
            return is_inner(args[0]) and KIND in func.__self__.__name__
        if func is Tensor.cuda:
            func, args, kwargs = Tensor.to, (args[0], SHOWN), {}
        if func is Tensor.pin_memory and args[0].device.type == "cpu":
            func, args = Tensor.clone, args[:1]
        args = [inward(value, func is Tensor.to) for value in args]
        kwargs = {name: inward(value, name == "device") for name, value in kwargs.items()}
        place = kwargs.get("device") or (args and getattr(args[0], "device", None))
        check_generator(kwargs.get("generator"), KIND if NAME in str(place) else "cpu")
        try:
            return outward(func(*args, **kwargs))
        except (RuntimeError, TypeError, NotImplementedError) as error:
            error.args = tuple(map(outward, error.args))
            raise


def inward(value, text=False):
    """Translate the name of a device (or, if so said, a text) from the user's into PyTorch's."""
    device = isinstance(value, torch.device) or (text and isinstance(value, str))
    return INNER if device and str(value).split(":")[0] == KIND else value


def outward(value):
    """Translate the name of a device, also within an error, from PyTorch's into the user's."""
    if isinstance(value, torch.device) and value.type == NAME:
        return SHOWN
    return value.replace(NAME, KIND) if isinstance(value, str) else value


def translated(function, place=0):
    """Make a function take a device, the argument at ``place``, as the user names it."""

    def with_names(*args, **kwargs):
        args = [str(inward(a, True)) if i == place and a else a for i, a in enumerate(args)]
        return function(*args, **{k: inward(v, True) for k, v in kwargs.items()})

    return with_names


# Saving


clone_storage = torch.UntypedStorage.clone


def location(storage):
    """Say where memory lives: ``torch.save`` writes it down."""
    return str(SHOWN) if storage.device.type == NAME else None


def move(storage, place):
    """Copy memory to where ``torch.load`` wants it, if that is the device."""
    return copy_storage(storage) if place.split(":")[0] == KIND else None


def copy_storage(storage):
    """Copy memory, from anywhere, to the device."""
    copy = torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage).clone()
    return (copy if copy.device.type == NAME else relabel(copy, NAME)).untyped_storage()


def clone(storage):
    """Copy memory where it is, as ``deepcopy`` does."""
    return copy_storage(storage) if storage.device.type == NAME else clone_storage(storage)


# Give this process its device: there is no way back


EVERYTHING, SOME = torch.library.Library("_", "IMPL"), torch.library.Library("aten", "IMPL")


def install():
    """Make the device."""
    module = backend_registration._DummyBackendModule()
    module.manual_seed_all = DEFAULT_GENERATOR.manual_seed
    module.get_amp_supported_dtype = lambda: [torch.bfloat16, torch.float16]
    backend_registration._setup_privateuseone_for_python_backend(NAME, module)
    os.register_at_fork(after_in_child=lambda: IN_CHILD.append(True))
    install_operators()
    install_saving()
    install_names()
    Border().__enter__()


def install_operators():
    """Lead every operator to ``compute``, and some through ``cast`` before."""
    aten = torch.ops.aten
    EVERYTHING.fallback(compute, "PrivateUse1")
    EVERYTHING.fallback(torch.library.fallthrough_kernel, "AutocastPrivateUse1")
    for name in ("convolution_overrideable", "convolution_backward_overrideable"):
        SOME.impl(name, functools.partial(compute, getattr(aten, name).default), "PrivateUse1")
    for name in LOWER | SINGLE:
        packet, _, overload = name.partition(".")
        op = getattr(getattr(aten, packet), overload or "default")
        dtype = torch.float32 if name in SINGLE else None
        SOME.impl(name, functools.partial(cast, op, dtype), "AutocastPrivateUse1")


def install_saving():
    """Let the device be saved to files, loaded and copied."""
    torch.serialization.register_package(0, location, move)
    torch.UntypedStorage.clone = clone
    torch.__future__.set_swap_module_params_on_conversion(True)  # .to() keeps the parameters


def install_names():
    """Let what asks for the device, or about it, know it as ``cuda`` or ``mps``."""
    torch.Generator = Generator
    torch.set_default_device = translated(torch.set_default_device)
    torch.autocast.__init__ = translated(torch.autocast.__init__, place=1)
    answer(torch.accelerator, current_accelerator=torch.device(KIND), synchronize=None)
    if KIND == "cuda":
        torch.cuda.default_generators = (DEFAULT_GENERATOR,)
        torch.backends.cudnn.is_acceptable = lambda tensor: False
        for module in (torch.cuda, torch.cuda.random):
            answer(module, **EVERY_MODULE, **CUDA)
    else:
        torch.mps._get_default_mps_generator = lambda: DEFAULT_GENERATOR
        torch._tensor_str.tensor_totype = lambda tensor: tensor.float()  # no float64 for printing
        answer(torch.backends.mps, is_available=True, is_built=True)
        answer(torch.mps, **EVERY_MODULE)


EVERY_MODULE = {
    "is_initialized": True,
    "device_count": 1,
    "_lazy_init": None,
    "synchronize": None,
    "empty_cache": None,
    "memory_allocated": 0,
    "max_memory_allocated": 0,
}
CUDA = {
    "is_available": True,
    "current_device": 0,
    "is_bf16_supported": True,
    "get_device_name": NAME,
    "get_device_capability": (9, 0),
}


def answer(module, **answers):
    """Let functions of a module, of those that it has, return what they are told to."""
    for name, value in answers.items():
        if hasattr(module, name):
            setattr(module, name, functools.cache(lambda *args, value=value, **kwargs: value))


if "PRETEND_DEVICE" in os.environ:
    install()
