"""Messages of PyTorch."""

from __future__ import annotations

from graders.authoring.known.arrays import (
    AMBIGUOUS,
    AXIS,
    BEYOND,
    ELEMENTWISE,
    JOINED,
    NO_DIMENSION,
    NO_INDEX,
    NO_ITEMS,
    ONE_NUMBER,
    PROBABILITIES,
    PRODUCT,
    RAGGED,
    RESHAPED,
    TOO_MANY_INDICES,
)
from graders.authoring.known.pattern import Known

LAYER = (
    "A matrix product, or a linear layer, meets an input of another size than it was made for. Print the input's "
    "shape: its last dimension must be the layer's number of inputs."
)
TYPES = (
    "Two tensors of different types of numbers meet, such as float64 from NumPy and float32 of a layer, or whole "
    "numbers. Print `.dtype` of both; `.float()` makes float32."
)
DEVICES = (
    "Two tensors that are used together lie on different devices. Create new tensors on the device of the input "
    "(`device=x.device`), and move data and model with `.to(device)`."
)
NO_GPU = (
    "A GPU is asked for, and none is there. In place of `.cuda()` write `.to(device)`, with the `device` that your "
    "function is given, the notebook's `DEVICE`, or that of the tensors that come in."
)
CUT = (
    "A gradient is asked of something that depends on no parameter, as far as PyTorch knows. Look for what cuts the "
    "dependence: `.item()`, `.detach()`, `.data`, NumPy, `torch.tensor(...)` of a result, `no_grad`, or an argmax."
)
TWICE = (
    "Gradients are asked for a second time through results whose graph is gone. Look for something that is kept from "
    "one step to the next, such as a state or a running loss; it has to be made again, or detached, before each step."
)
IN_PLACE = (
    "A value that is still needed for gradients is changed in place. Look for `+=`, for assignments into slices and "
    "for methods that end in `_`, and make new tensors there; parameters are changed by the optimizer, or in `no_grad`."
)
TO_NUMPY = (
    "A tensor that carries gradients, or lies on a GPU, goes into NumPy. Compute with torch's functions as long as "
    "gradients are needed; for showing a result take `.detach().cpu()` first."
)
TARGETS = (
    "The targets do not have the form that the loss expects: predictions (N, classes), and one target for each of the "
    "rows, (N). Print both shapes."
)
LABELS = (
    "A class number is negative or too large: classes are counted from 0. Compare the largest one with the number of "
    "classes; for a loss that is the number of columns of the predictions."
)
FLOATS_INTO_WHOLE = (
    "Floats are to go into whole numbers. Targets of a binary loss, and what is changed by `+=`, must be floats: "
    "`.float()` makes them so."
)
WHOLE = (
    "Indices and class numbers must be whole numbers (`torch.long`), and came as another type. Print `.dtype` where "
    "they are made."
)
FLOATS = (
    "Whole numbers came where floats are needed, as for softmax, means and gradients. Print `.dtype`; `.float()` "
    "makes floats of them."
)
LOSS_SHAPES = (
    "Predictions and targets of the loss have different shapes. Print both: often a last dimension of size 1 has to be "
    "taken away with `squeeze(-1)`."
)
UNIT = (
    "The loss expects probabilities between 0 and 1, and got other numbers or NaN. Is the sigmoid missing? For scores "
    "there is a loss that applies the sigmoid itself."
)
LENGTHS = (
    "The sequences are packed as if sorted by length, the longest first, and they are not. Sort them, or pass "
    "`enforce_sorted=False`."
)
RECURRENT = (
    "A recurrent layer was given an input or a state of another shape than it expects. Print the shapes: inputs are "
    "(T, B, inputs), or (B, T, inputs) with `batch_first=True`; states are (layers, B, units)."
)
NO_TENSOR = (
    "A function of torch was given something that is no tensor, such as a float or a NumPy array. `torch.tensor(...)` "
    "makes one; between NumPy and torch choose one of the two."
)

MESSAGES = (
    Known(r"mat1 and mat2 shapes|size mismatch, got (input|mat)|has inconsistent input_size", LAYER),
    Known(r"inconsistent tensor size|dimensions of batch2 tensor|subscript \w+ has size", PRODUCT),
    Known(
        r"(must|to) have the same dtype|expected scalar type|Found dtype|input dtype .* does not match weight", TYPES
    ),
    Known(r"must match the size of tensor|expanded size of the tensor|shape mismatch: value tensor", ELEMENTWISE),
    Known(r"is invalid for input of size", RESHAPED),
    Known(r"view size is not compatible", "The numbers do not lie in the order that `view` needs: use `reshape`."),
    Known(r"on the same device|is not on the expected device|tensors? (are|is) on \w+, different from", DEVICES),
    Known(r"not compiled with CUDA|No CUDA GPUs|NVIDIA driver", NO_GPU),
    Known(r"does not require grad|One of the differentiated Tensors", CUT),
    Known(r"backward through the graph a second time", TWICE),
    Known(r"in an in-place operation|modified by an inplace operation", IN_PLACE),
    Known(
        r"grad can be implicitly created only", "`backward` starts from a single number. Sum or average the loss first."
    ),
    Known(r"call numpy\(\) on Tensor that requires grad|can't convert .* tensor to numpy", TO_NUMPY),
    Known(r"to match target batch_size|0D or 1D target tensor expected|multi-target not supported", TARGETS),
    Known(r"Target -?\d+ is out of bounds|Class values must be smaller", LABELS),
    Known(r"dtype to be Long|scalar types?: Long|index tensor of type LongTensor|nll_loss.*not implemented", WHOLE),
    Known(r"tensors used as indices must be|are valid indices \(got|can be converted to an index", NO_INDEX),
    Known(
        r"not implemented for '(Long|Int|Bool|Byte)'|floating point (and|or) complex|^TypeError: .*LongTensor", FLOATS
    ),
    Known(r"can't be cast to the desired output type", FLOATS_INTO_WHOLE),
    Known(r"probability tensor contains|sum of probabilities <= 0|satisfy the constraint Simplex", PROBABILITIES),
    Known(
        r"prob_dist must be 1 or 2 dim",
        "Samples are drawn from a row of probabilities, or from a table of rows; this "
        "has another number of dimensions. Print its shape.",
    ),
    Known(
        r"without replacement",
        "More is to be drawn without putting back than there is. Draw one at a time, or pass `replacement=True`.",
    ),
    Known(r"Sizes of tensors must match except|stack expects each tensor|Tensors must have same number of dim", JOINED),
    Known(r"cannot be concatenated", f"{NO_DIMENSION} `torch.stack` joins single numbers, `torch.cat` does not."),
    Known(r"non-empty (list of Tensors|TensorList)", NO_ITEMS),
    Known(r"element \d+ in argument \d+, but got|must be Tensor, not|expected np.ndarray \(got", NO_TENSOR),
    Known(r"index of a 0-dim tensor|iteration over a 0-d tensor|len\(\) of a 0-d tensor", NO_DIMENSION),
    Known(r"only one element tensors can be|elements? cannot be converted to Scalar", ONE_NUMBER),
    Known(r"Boolean value of Tensor", AMBIGUOUS),
    Known(r"too many indices for tensor", TOO_MANY_INDICES),
    Known(r"Dimension out of range|does not match the length of the desired ordering|expects a tensor with <=", AXIS),
    Known(r"enforce_sorted", LENGTHS),
    Known(
        r"Length of all samples has to be greater",
        "One of the sequences that are packed has length 0. Leave empty sequences out, or give them one symbol.",
    ),
    Known(
        r"`len\(lengths\)` to be equal|'lengths' argument should be",
        "There must be one length a sequence of the batch, in a tensor on the CPU. Is the batch the first dimension? "
        "Then `batch_first=True` is needed.",
    ),
    Known(
        r"selected index k out of range",
        "More of the largest are asked for (`topk`) than there are. Bound k by the size: `min(k, x.size(-1))`.",
    ),
    Known(
        r"index out of range in self",
        "An embedding is asked for an index that it has no row for. Compare the largest index with its "
        "`num_embeddings`: it must have a row for each symbol, special ones too.",
    ),
    Known(r"is out of bounds for dimension", BEYOND),
    Known(r"[Tt]arget size .*(different to|same as)( the)? input size", LOSS_SHAPES),
    Known(r"should be between 0 and 1", UNIT),
    Known(r"input\.size\(-1\) must be equal|Expected hidden|hx.* should also be|input to be [\d\w ,]*D,? ", RECURRENT),
    Known(
        r"empty parameter list|can't optimize a non-leaf|can only optimize Tensors",
        "The optimizer was given no parameters that it could change. Pass `model.parameters()`: layers are found when "
        "they are attributes set in `__init__`, or stand in an `nn.ModuleList`.",
    ),
    Known(r"before Module\.__init__", "`super().__init__()` must be the first line of a module's `__init__`."),
    Known(
        r"as parameter '",
        "A parameter can be replaced by an `nn.Parameter` alone. Change its values within `torch.no_grad()` instead.",
    ),
    Known(
        r"loading state_dict",
        "The saved weights do not fit the model: names or shapes of its layers differ. Compare how both were made.",
    ),
    Known(r"expected sequence of length", RAGGED),
    Known(
        r"Could not infer dtype|new\(\): invalid data type",
        "Something that is no number is made into a tensor, or used as an index of one. Print it and its type.",
    ),
    Known(r"Expected reduction dim to be specified", NO_ITEMS),
)
