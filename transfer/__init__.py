"""The science of a transferability study and its records: no Ray, no SQL, no plots."""
