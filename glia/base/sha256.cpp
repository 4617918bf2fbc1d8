// SHA-256 of glia/base/file.h.
#include <openssl/evp.h>

#include <array>
#include <cassert>
#include <new>

#include "glia/base/file.h"

namespace glia {
namespace {

// The calls below fail only where memory is out or OpenSSL is broken: nothing that a user can mend.
void must(int ok) {
  if (ok != 1) throw std::bad_alloc();
}

EVP_MD_CTX* context(void* p) { return static_cast<EVP_MD_CTX*>(p); }

}  // namespace

void Sha256::Free::operator()(void* p) const { EVP_MD_CTX_free(context(p)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  must(context_ != nullptr && EVP_DigestInit_ex(context(context_.get()), EVP_sha256(), nullptr));
}

void Sha256::update(std::span<const std::byte> bytes) {
  must(EVP_DigestUpdate(context(context_.get()), bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest;
  unsigned length = 0;
  must(EVP_DigestFinal_ex(context(context_.get()), digest.data(), &length));
  assert(length == digest.size());
  std::string text;
  for (const unsigned byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

}  // namespace glia
