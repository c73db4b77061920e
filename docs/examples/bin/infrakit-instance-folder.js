#!/usr/bin/env node
import '../dist/instance-folder.js'
