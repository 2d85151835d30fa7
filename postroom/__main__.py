"""``python -m postroom`` is the same as the console script; the supervisor starts its roles this way."""

from postroom.config.main import main

if __name__ == "__main__":
    main()
