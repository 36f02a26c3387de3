"""The science is tested as it runs: one torch thread, deterministic.

Not with denormal numbers flushed: that is the state of a whole process, and hypothesis draws such numbers.
"""

import torch

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
