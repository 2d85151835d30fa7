"""Django's command runner with the embedded database held while it works: the same as the ``postroom`` script."""

from postroom.config.main import main

if __name__ == "__main__":
    main()
