module almanac/pause

go 1.24
