"""Any GET or POST on the service, and files that an owner keeps."""
