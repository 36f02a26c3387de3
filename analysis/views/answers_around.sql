-- One row per probe neighbourhood, image, place, noise and answer: how many of the samples around it answer so.
--
-- Of images that are right when clean and wrong when crafted (fooling). place: around the crafted or the clean image;
-- noise: gaussian and how many times the perturbation's own deviation its deviation is, or histogram; answer: the
-- network says the label (original) or its class for the crafted image (adversarial).
select
    probes.probe,
    probes.model,
    probes.attack,
    probes.budget,
    measured.image,
    split_part(measured.name, ' ', 1) as place,
    regexp_extract(measured.name, '^\w+ (.*) \w+$', 1) as noise,
    regexp_extract(measured.name, '(\w+)$', 1) as answer,
    measured.value as same,
    drawn.value as samples
from measured
inner join probes using (probe)
inner join (select distinct on (probe) probe, value from measured where name = 'samples') as drawn using (probe)
semi join fooling on probes.craft = fooling.craft and measured.image = fooling.image
where
    probes.function = 'neighbourhood'
    and regexp_full_match(measured.name, '(crafted|clean) .+ (original|adversarial)')
