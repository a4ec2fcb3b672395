"""One rank of a run: a process that trains. The launcher starts it through torchrun."""
