"""Every kernel against its plain twin and against independent implementations."""
