# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154 # sofa, which reads this file, sets what is used here
#
# What the front door knows of systems: finding one by name, folder or file; building it; making a
# new one; debugging a component.

# Names are parts of paths that make sees, and of C files.
check_system_path() {
    case $1 in
    *[!A-Za-z0-9_./+-]*)
        usage_error "make cannot take the path '$1': it may have letters, digits, _ . / + -"
        ;;
    esac
}

# A path as make knows it: from the root of the tree if it is below it, otherwise whole.
path_for_make() {
    whole=$(cd "$(dirname "$1")" && pwd -P)/$(basename "$1")
    root=$(pwd -P)
    printf '%s\n' "${whole#"$root"/}"
}

# Sets system to the system file of a folder: the one called like it, or the only one. Status 1 if
# there is none.
system_in_folder() {
    system=$1/$(basename "$(cd "$1" && pwd -P)").system
    [ ! -f "$system" ] || return 0
    set -- "$1"/*.system
    [ $# -eq 1 ] || usage_error "there are several systems; name one: $*"
    system=$1
    [ -f "$system" ]
}

# Sets system to the file that the word means: a name below system/, a folder, or a file. Status 1
# if it means none of these.
find_system() {
    system=''
    here=$(path_from_caller "$1")
    case $1 in
    *.system)
        [ -f "$here" ] || usage_error "there is no system file $1"
        system=$here
        ;;
    '') return 1 ;;
    *)
        for folder in "system/$1" "$here" "$(plain_folder "$1")"; do
            ! { [ -d "$folder" ] && system_in_folder "$folder"; } || break
            system=''
        done
        [ -n "$system" ] || return 1
        ;;
    esac
    system=$(path_for_make "$system")
    check_system_path "$system"
}

need_system() {
    find_system "$1" || usage_error "there is no system '$1': not in system/, no folder with a" \
        ".system file, and no such file"
}

# Builds $system for $board and $config with $system_options, and sets image.
build_system() {
    make_now system SYSTEM="$system" BOARD="$board" CONFIG="$config" COMPILER="${compiler:-gcc}" \
        SYSTEM_OPTIONS="${system_options:-}"
    image=$(make -s --no-print-directory image-of SYSTEM="$system" BOARD="$board" \
        CONFIG="$config" COMPILER="${compiler:-gcc}")
}

# ---- new ------------------------------------------------------------------

about_new() {
    cat <<END
Usage: ./sofa new NAME

Makes system/NAME, or a folder elsewhere if NAME is a path: a system of one component that builds,
boots and has a test. What to do next is printed.
END
}

verb_new() {
    [ $# -eq 1 ] || usage_error 'new takes one name'
    name=$(basename "$1")
    case $name in
    '' | [!a-z]* | *[!a-z0-9_]*)
        usage_error "'$name' cannot be the name of a system:" \
            "a letter, then letters, digits and _, all small"
        ;;
    esac
    case $1 in
    */*) folder=$(path_from_caller "$1") ;;
    *) folder=system/$1 ;;
    esac
    check_system_path "$folder"
    [ ! -e "$folder" ] || usage_error "$folder is there already; nothing was changed"
    { mkdir -p "$(dirname "$folder")" && mkdir "$folder"; } || exit "$FAILED"
    folder=$(path_for_make "$folder")
    for part in tool/sofa/new/*; do
        sed "s/@NAME@/$name/g; s,@FOLDER@,$folder,g" "$part" \
            >"$folder/$(basename "$part" | sed "s/^system\$/$name.system/")" || exit "$FAILED"
    done
    word=$folder
    [ "$folder" != "system/$name" ] || word=$name
    cat <<END
$folder/
    $name.system: which components there are and what each may do
    hello.c: the one component there is
    expected.txt: what the console must show, for ./sofa test
    README.md
Next: ./sofa run $word, ./sofa test $word; docs/howto/add-a-component.md
END
}

# ---- debug ----------------------------------------------------------------

about_debug() {
    cat <<END
Usage: ./sofa debug [--board B] [--config C] [--kernel FILE] SYSTEM COMPONENT [-- GDB ARGUMENTS]

Boots SYSTEM in QEMU under gdb, with the symbols of COMPONENT, and stops at its first instruction.
All components have the same addresses; \`here LOCATION\` sets a breakpoint that counts only in
COMPONENT. The console goes to build/debug/console. Needs the Debian package gdb.
END
}

# The program of component $1 of $system: as built, or as it lies beside the system.
program_of() {
    files=$(build/host/plain/tool/sysgen/sysgen files "$system") || exit "$FAILED"
    tab=$(printf '\t')
    # With path_for_symbols there are two lines, and the second one counts.
    file=$(printf '%s\n' "$files" | awk -F "$tab" -v name="$1" \
        '$3 == name && $1 != "prefill" { file = $2 } END { print file }')
    [ -n "$file" ] || usage_error "$system has no component '$1'; it has: $(printf '%s\n' "$files" |
        awk -F "$tab" '$1 == "program" { printf "%s%s", separator, $3; separator = ", " }')"
    for folder in "$(dirname "$system")" "$(dirname "$image")"; do
        case $file in /*) folder='' ;; esac
        [ ! -f "$folder/$file" ] || break
    done
    program=${folder:+$folder/}$file
}

verb_debug() {
    config=debug kernel='' word='' component=''
    while [ $# -gt 0 ]; do
        case $1 in
        --board) need_value $# "$1"; board=$2; shift ;;
        --config) need_value $# "$1"; config=$2; shift ;;
        --kernel) need_value $# "$1"; kernel=$(path_from_caller "$2"); shift ;;
        --) shift; break ;;
        -*) usage_error "debug has no option $1" ;;
        *)
            [ -z "$component" ] || usage_error 'debug takes one system and one component'
            [ -z "$word" ] && word=$1 || component=$1
            ;;
        esac
        shift
    done
    [ -n "$component" ] || usage_error 'debug needs a system and the name of a component'
    check_board "$board"
    check_config "$config"
    need_packages
    need_system "$word"
    build_system
    program_of "$component"
    : "${kernel:=$(dirname "$image")/sel4_32.elf}"
    check_kernel_form
    mkdir -p build/debug
    export SOFA_COMPONENT="$component"
    # QEMU is gdb's child and ends with it, however that ends. gdb hands the words to a shell.
    exec gdb -q "$program" -ex "target remote | exec setpriv --pdeathsig KILL \
        $qemu_base -m $SYSTEM_MEMORY -S -gdb stdio -serial file:build/debug/console \
        -kernel '$kernel' -initrd '$(double_commas "$image")'" -x tool/sofa/component_gdb.py "$@"
}
