-- One row per model of cifar10_families that classifies fewer of the test images right (%) than its family is to reach.
--
-- A network that has hardly learnt is fooled by anything. Left out is what cifar10_families_floors leaves out.
select
    model,
    accuracy,
    floor,
    images,
    epochs
from cifar10_families_floors
where accuracy < floor
