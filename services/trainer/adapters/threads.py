"""How many threads an operation on the CPU is shared by."""

import torch
from torch import nn

# Measured: with 4 million parameters and a batch of 8, two threads are slower than one by half, since waking
# the second takes as long as the operation does; Stable Diffusion's 860 million keep 43 at work.
_PARAMETERS_A_THREAD = 20_000_000


def limit_threads(module: nn.Module) -> None:
    """Let torch share the operations of `module` among no more threads than it has work for.

    It never raises their number, which is that of the cores or OMP_NUM_THREADS. It follows from the model, so
    that a run which goes on elsewhere adds up in the same order, if there are as many cores.
    """
    num_parameters = sum(parameter.numel() for parameter in module.parameters())
    torch.set_num_threads(min(torch.get_num_threads(), max(1, num_parameters // _PARAMETERS_A_THREAD)))
