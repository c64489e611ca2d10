# Completion of voizk and voizk-serve for bash. Written by tools/make-help-files.
_voizk() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} path="" words flags i
  COMPREPLY=()
  [ "${COMP_WORDS[0]##*/}" = voizk-serve ] && path=serve
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${path:+$path }${COMP_WORDS[i]}" in
    "record"|"enrol"|"register"|"credentials"|"credentials list"|"credentials show"|"credentials export"|"credentials delete"|"challenge"|"login"|"prove"|"state"|"state init"|"verify"|"inspect"|"relation"|"features"|"model"|"model import"|"model commit"|"model show"|"model eval"|"model prove"|"model verify"|"bundle"|"bundle create"|"bundle show"|"eval"|"bench"|"doctor"|serve) path="${path:+$path }${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path" in
    "") words="record enrol register credentials challenge login prove state verify serve inspect relation features model bundle eval bench doctor" flags="-h --help --version --json --quiet --threads --bundle --trust-bundle" ;;
    "record") words="" flags="-h --help --out --device --seconds --stop-after-silence --rate --overwrite --join --raw-rate --gap --list --version --json --quiet --threads --bundle --trust-bundle" ;;
    "enrol") words="" flags="-h --help --rp --utterances --raw-rate --device --seconds --label --store --passphrase-file --passphrase-fd --out --replace --registration --challenge --proof --version --json --quiet --threads --bundle --trust-bundle" ;;
    "register") words="" flags="-h --help --server --account --rp --token-file --ca-file --insecure-http --utterances --raw-rate --device --seconds --label --store --passphrase-file --passphrase-fd --replace --version --json --quiet --threads --bundle --trust-bundle" ;;
    "credentials") words="list show export delete" flags="-h --help --store --version --json --quiet --threads --bundle --trust-bundle" ;;
    "credentials list") words="" flags="-h --help --version --json --quiet --threads --bundle --trust-bundle" ;;
    "credentials show") words="" flags="-h --help --passphrase-file --passphrase-fd --version --json --quiet --threads --bundle --trust-bundle" ;;
    "credentials export") words="" flags="-h --help --out --version --json --quiet --threads --bundle --trust-bundle" ;;
    "credentials delete") words="" flags="-h --help --version --json --quiet --threads --bundle --trust-bundle" ;;
    "challenge") words="" flags="-h --help --rp --digits --lifetime --phrase --enrolment --out --version --json --quiet --threads --bundle --trust-bundle" ;;
    "login") words="" flags="-h --help --challenge --credential --store --out --answer --server --account --rp --token-file --ca-file --insecure-http --audio --raw-rate --device --seconds --passphrase-file --passphrase-fd --version --json --quiet --threads --bundle --trust-bundle" ;;
    "prove") words="" flags="-h --help --challenge --credential --store --out --answer --audio --raw-rate --device --seconds --passphrase-file --passphrase-fd --version --json --quiet --threads --bundle --trust-bundle" ;;
    "state") words="init" flags="-h --help --version --json --quiet --threads --bundle --trust-bundle" ;;
    "state init") words="" flags="-h --help --version --json --quiet --threads --bundle --trust-bundle" ;;
    "verify") words="" flags="-h --help --proof --challenge --credential --bucket --state --relation --relation-digest --enrolment --version --json --quiet --threads --bundle --trust-bundle" ;;
    "inspect") words="" flags="-h --help --proof --challenge --credential --bucket --relation --version --json --quiet --threads --bundle --trust-bundle" ;;
    "relation") words="" flags="-h --help --bucket --digits --out --version --json --quiet --threads --bundle --trust-bundle" ;;
    "features") words="" flags="-h --help --audio --raw-rate --device --seconds --out --version --json --quiet --threads --bundle --trust-bundle" ;;
    "model") words="import commit show eval prove verify" flags="-h --help --version --json --quiet --threads --bundle --trust-bundle" ;;
    "model import") words="" flags="-h --help --input --value --output --calibrate --rate --bits --input-bits -o --out --version --json --quiet --threads --bundle --trust-bundle" ;;
    "model commit") words="" flags="-h --help -o --out --public --version --json --quiet --threads --bundle --trust-bundle" ;;
    "model show") words="" flags="-h --help --svg --version --json --quiet --threads --bundle --trust-bundle" ;;
    "model eval") words="" flags="-h --help --input --rate --output --onnx --value --version --json --quiet --threads --bundle --trust-bundle" ;;
    "model prove") words="" flags="-h --help --input --rate --output --public-inputs --context --memory -o --out --version --json --quiet --threads --bundle --trust-bundle" ;;
    "model verify") words="" flags="-h --help --input --rate --output --context --version --json --quiet --threads --bundle --trust-bundle" ;;
    "bundle") words="create show" flags="-h --help --version --json --quiet --threads --bundle --trust-bundle" ;;
    "bundle create") words="" flags="-h --help --base --speaker --reads --trials --models --utterances --audio --raw-rate --voices --fmr --name -o --out --version --json --quiet --threads --bundle --trust-bundle" ;;
    "bundle show") words="" flags="-h --help --version --json --quiet --threads --bundle --trust-bundle" ;;
    "eval") words="" flags="-h --help --models --utterances --audio --raw-rate --by --scores --resume --plot --draws --write-list --format --phrases --compare --version --json --quiet --threads --bundle --trust-bundle" ;;
    "bench") words="" flags="-h --help --repeats --log-items --version --json --quiet --threads --bundle --trust-bundle" ;;
    "doctor") words="" flags="-h --help --version --json --quiet --threads --bundle --trust-bundle" ;;
    serve) words="" flags="-h --help --version --config --rp --database --api-key-file --digits --challenge-lifetime --registration-lifetime --require-device-key --enrolment --origin --proxy --bundle --page --demo --oidc --audit-days --cache-mb --listen --tls-certificate --tls-key --workers --max-waiting --max-connections --connections-per-address --idle-time --request-time --stop-time --log-requests --no-log-requests --free-failures --first-delay --longest-delay --most-failures --address-failures --open-logins" ;;
  esac
  case "$previous" in
  --account|--address-failures|--api-key-file|--audio|--audit-days|--base|--bits|--bucket|--bundle|--by|--ca-file|--cache-mb|--calibrate|--challenge|--challenge-lifetime|--compare|--config|--connections-per-address|--context|--credential|--database|--device|--digits|--draws|--enrolment|--first-delay|--fmr|--format|--free-failures|--gap|--idle-time|--input|--input-bits|--join|--label|--lifetime|--listen|--log-items|--longest-delay|--max-connections|--max-waiting|--memory|--models|--most-failures|--name|--oidc|--onnx|--open-logins|--origin|--out|--output|--page|--passphrase-fd|--passphrase-file|--phrase|--phrases|--plot|--proof|--proxy|--public|--rate|--raw-rate|--reads|--registration|--registration-lifetime|--relation|--relation-digest|--repeats|--replace|--request-time|--rp|--scores|--seconds|--server|--speaker|--state|--stop-after-silence|--stop-time|--store|--svg|--threads|--tls-certificate|--tls-key|--token-file|--trials|--trust-bundle|--utterances|--value|--voices|--workers|--write-list|-o)
    COMPREPLY=($(compgen -f -- "$current"))
    return ;;
  esac
  case "$current" in
  -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
  *) COMPREPLY=($(compgen -W "$words" -- "$current"))
    [ -n "$words" ] || COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _voizk voizk voizk-serve
