"""An invented pilot, for trying the system out. Never beside real data.

`plan` draws the whole story from one seed, in memory: places, people, sessions and who
said what at them. `build` tells it to the rooms through their own actions and the
register's own ingest. Every name, number and event is made up; the communes are real.
"""
