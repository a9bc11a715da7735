# SPDX-License-Identifier: BSD-2-Clause
kind  := lib
uses  := lib/tiny
# For <proto/...>.
flags := -I.
